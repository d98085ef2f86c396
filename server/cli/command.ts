import type { SelfCommand } from "../local/launch";
import type { Parsed, Syntax } from "./arguments";
import type { ExitCode } from "./exit_codes";

/** Where a command runs. Everything it touches of its process comes from here. */
export interface Surroundings {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The program's version. */
  readonly version: string;
  /** How to run this program again, for processes of its own. */
  readonly self: SelfCommand;
  /** Results. */
  readonly out: (text: string) => void;
  /** What goes on, and what went wrong. */
  readonly err: (text: string) => void;
  /** Somebody reads `err` at a terminal. */
  readonly errIsTerminal: boolean;
  /** Asks at the terminal; undefined where nobody sits at one, or the input ended. */
  readonly ask: ((question: string) => Promise<string | undefined>) | undefined;
  /** Calls on SIGINT, SIGTERM and SIGHUP instead of dying of them; the result ends that. */
  readonly onSignal: (call: () => void) => () => void;
}

/** One command of the program. */
export interface Command extends Syntax {
  readonly name: string;
  /** One line, for the list of commands. */
  readonly summary: string;
  /** What it does, one paragraph each. */
  readonly description: readonly string[];
  readonly examples: readonly string[];
  run(parsed: Parsed, surroundings: Surroundings): Promise<ExitCode>;
}
