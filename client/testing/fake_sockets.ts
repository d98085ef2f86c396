import type { SocketHandlers } from "../connection";

/** The server's end of one socket that the connection under test opened. */
class FakeSocket {
  readonly url: string;
  readonly handlers: SocketHandlers;
  /** The client closed it. */
  closed = false;

  constructor(url: string, handlers: SocketHandlers) {
    this.url = url;
    this.handlers = handlers;
  }

  /** Sends a frame, or raw text as it is. */
  send(frame: unknown): void {
    this.handlers.message(typeof frame === "string" ? frame : JSON.stringify(frame));
  }
}

/** A network that opens sockets when told to. */
export class FakeSockets {
  readonly all: FakeSocket[] = [];
  /** Opening throws while set. */
  refusing = false;

  readonly open = (url: string, handlers: SocketHandlers): { close(): void } => {
    if (this.refusing) throw new Error("refused by the browser");
    const socket = new FakeSocket(url, handlers);
    this.all.push(socket);
    return {
      close: () => {
        socket.closed = true;
      },
    };
  };

  /** The newest socket. */
  get last(): FakeSocket {
    const socket = this.all.at(-1);
    if (socket === undefined) throw new Error("nothing was opened");
    return socket;
  }
}
