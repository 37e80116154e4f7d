/** Sockets in memory: what one end sends, the other is told at once. */
import type { Connection, Sockets } from "../../src/core/ports.ts";

export interface FakeSockets extends Sockets {
  /** Ends every connection; while broken nobody can connect. */
  breakAll(broken: boolean): void;
  /** Where somebody listens. */
  listening(): readonly string[];
}

/** @param before called with the path of each call; throws where it is to fail. */
export function fakeSockets(before: (path: string) => void = () => {}): FakeSockets {
  const listening = new Map<string, (connection: Connection) => void>();
  const open = new Set<Connection>();
  let isBroken = false;
  const refuse = (code: string, path: string): Error =>
    Object.assign(new Error(`${code}: ${path}`), { code });
  return {
    breakAll(broken) {
      isBroken = broken;
      if (broken) for (const each of [...open]) each.close();
    },
    listening: () => [...listening.keys()],
    async connect(path) {
      before(path);
      const accept = listening.get(path);
      if (accept === undefined) throw refuse("ENOENT", path);
      if (isBroken) throw refuse("ECONNREFUSED", path);
      const [ours, theirs] = pair();
      open.add(ours);
      ours.onClose(() => open.delete(ours));
      accept(theirs);
      return ours;
    },
    async listen(path, _options, accept) {
      before(path);
      if (listening.has(path)) throw refuse("EADDRINUSE", path);
      listening.set(path, accept);
      return {
        close: async () => {
          listening.delete(path);
          for (const each of [...open]) each.close();
        },
      };
    },
  };
}

/** Two ends of one connection; what comes before anybody listens waits. */
export function pair(): readonly [Connection, Connection] {
  let isOpen = true;
  const ends = [end(), end()] as const;
  function end() {
    return {
      listener: undefined as ((text: string) => void) | undefined,
      waiting: [] as string[],
      closed: [] as (() => void)[],
    };
  }
  const connection = (at: 0 | 1): Connection => {
    const [own, other] = [ends[at], ends[at === 0 ? 1 : 0]];
    return {
      send(text) {
        if (!isOpen) return;
        if (other.listener === undefined) other.waiting.push(text);
        else other.listener(text);
      },
      onText(listener) {
        own.listener = listener;
        for (const text of own.waiting.splice(0)) listener(text);
      },
      onClose(listener) {
        if (isOpen) own.closed.push(listener);
        // As Node, which tells of a close in a later turn.
        else queueMicrotask(listener);
      },
      close() {
        if (!isOpen) return;
        isOpen = false;
        for (const each of ends) for (const listener of each.closed) listener();
      },
    };
  };
  return [connection(0), connection(1)];
}
