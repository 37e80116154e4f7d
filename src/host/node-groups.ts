import type { Groups } from "../core/ports.ts";

/**
 * Members call "here" when they join, and answer a newcomer's call with the same word. A BroadcastChannel reaches all
 * threads of the process, and no other process.
 */
export const nodeGroups: Groups = {
  join(group) {
    const { BroadcastChannel, receiveMessageOnPort } = process.getBuiltinModule("node:worker_threads");
    const channel = new BroadcastChannel(`frugal ${group}`);
    let met = false;
    const hear = (word: unknown): void => {
      if (word === "new") channel.postMessage("here");
      met = true;
    };
    channel.onmessage = ({ data }) => hear(data);
    // biome-ignore lint/suspicious/noExplicitAny: @types/node 20 leaves out unref, which Node.js has since 15.4.
    (channel as any).unref();
    channel.postMessage("new");
    return {
      metOthers() {
        // Documented for channels as for ports; @types/node 20 knows only ports.
        const receive = (): { message: unknown } | undefined => receiveMessageOnPort(channel as never);
        for (let next = receive(); next; next = receive()) hear(next.message);
        return met;
      },
      leave: () => channel.close(),
    };
  },
};
