import type { Groups } from "../core/ports.ts";

interface Member {
  readonly group: string;
  met: boolean;
}

/** Members in this thread. */
const here = new Set<Member>();

/** A program's start is over by then. */
const QUIET_MS = 50;

/**
 * Within a thread members are counted at once. Of other threads they hear through a BroadcastChannel, which reaches all
 * threads of the process and no other process: each calls "new" when it joins and answers a newcomer's call. The channel is
 * opened a little later, for loading it costs a program milliseconds of its start.
 */
export const nodeGroups: Groups = {
  join(group) {
    const own: Member = { group, met: false };
    for (const other of here) {
      if (other.group !== group) continue;
      other.met = true;
      own.met = true;
    }
    here.add(own);
    let channel: Channel | undefined;
    const opening = setTimeout(() => {
      channel ??= openChannel(own);
    }, QUIET_MS).unref();
    return {
      metOthers() {
        channel ??= openChannel(own);
        channel.listen();
        return own.met;
      },
      leave() {
        clearTimeout(opening);
        here.delete(own);
        channel?.close();
      },
    };
  },
};

interface Channel {
  /** Hears what has arrived, without a turn of the event loop. */
  listen(): void;
  close(): void;
}

function openChannel(own: Member): Channel {
  const { BroadcastChannel, receiveMessageOnPort } = process.getBuiltinModule("node:worker_threads");
  const channel = new BroadcastChannel(`frugal ${own.group}`);
  const hear = (word: unknown): void => {
    if (word === "new") channel.postMessage("here");
    own.met = true;
  };
  channel.onmessage = ({ data }) => hear(data);
  // biome-ignore lint/suspicious/noExplicitAny: @types/node 20 leaves out unref, which Node.js has since 15.4.
  (channel as any).unref();
  channel.postMessage("new");
  // Documented for channels as for ports; @types/node 20 knows only ports.
  const receive = (): { message: unknown } | undefined => receiveMessageOnPort(channel as never);
  return {
    listen() {
      for (let next = receive(); next; next = receive()) hear(next.message);
    },
    close: () => channel.close(),
  };
}
