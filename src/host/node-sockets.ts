import type { Socket } from "node:net";
import type { Connection, Sockets } from "../core/ports.ts";

/** What may wait for a side that does not read; a reading has some hundred bytes. */
const MOST_WAITING_B = 65_536;

/** node:net is loaded with the first socket: most programs use none. */
export const nodeSockets: Sockets = {
  async connect(path) {
    const { createConnection } = await import("node:net");
    return await new Promise<Connection>((resolve, reject) => {
      const socket = createConnection(path);
      socket.unref();
      socket.once("error", reject);
      socket.once("connect", () => {
        socket.off("error", reject);
        resolve(connectionOf(socket));
      });
    });
  },

  async listen(path, { mode, gid }, accept) {
    const { createServer } = await import("node:net");
    const { chmodSync, chownSync } = await import("node:fs");
    const open = new Set<Socket>();
    const server = createServer((socket) => {
      open.add(socket);
      socket.once("close", () => open.delete(socket));
      accept(connectionOf(socket));
    });
    const listening = new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.once("listening", resolve);
    });
    // Bound before listen() returns, and until the group is set nobody but the owner may connect.
    const before = process.umask(0o177);
    try {
      server.listen(path);
    } finally {
      process.umask(before);
    }
    await listening;
    const close = (): Promise<void> => {
      for (const socket of open) socket.destroy();
      return new Promise((resolve) => server.close(() => resolve()));
    };
    try {
      if (gid !== undefined) chownSync(path, -1, gid);
      chmodSync(path, mode);
    } catch (thrown) {
      await close();
      throw thrown;
    }
    return { close };
  },
};

function connectionOf(socket: Socket): Connection {
  socket.setEncoding("utf8");
  // `close` follows, and says all there is to say.
  socket.on("error", () => {});
  return {
    send(text) {
      if (socket.destroyed) return;
      socket.write(text);
      if (socket.writableLength > MOST_WAITING_B) socket.destroy();
    },
    onText: (listener) => void socket.on("data", (text) => listener(String(text))),
    onClose: (listener) => void socket.once("close", listener),
    close: () => void socket.destroy(),
  };
}
