/** Rollcall's name with its sign: two voters, the quorum's tick, a third to spare. */
export function Wordmark() {
  return (
    <span className="flex items-center gap-2 text-title">
      <svg aria-hidden="true" width="22" height="16" viewBox="0 0 22 16" fill="none">
        <rect x="0" y="3" width="6" height="10" rx="1" fill="currentColor" />
        <rect x="7.5" y="3" width="6" height="10" rx="1" fill="currentColor" />
        <path d="M15 0v16" stroke="currentColor" strokeWidth="1.5" />
        <rect x="17.25" y="3.75" width="4" height="8.5" rx="0.75" stroke="currentColor" strokeWidth="1.5" />
      </svg>
      Rollcall
    </span>
  );
}
