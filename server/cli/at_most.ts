/** Waits for something to end, but no longer than `ms`: a stop that hangs must not keep the process. */
export async function atMost(ms: number, end: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const over = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, ms);
  });
  try {
    await Promise.race([end, over]);
  } finally {
    clearTimeout(timer);
  }
}
