/**
 * The outside world as interfaces. Rooms take what they need of `World` as arguments; src/host/ holds the Node
 * implementations, test/support/ the fakes that fail at the N-th call.
 */
import type { Random } from "./random.ts";

export interface Clock {
  /** Monotonic seconds since an arbitrary start, the same for all threads of the process: for durations. */
  now(): number;
  /** Wall time as ISO 8601 UTC with milliseconds: for stamps only. */
  stamp(): string;
  /** Calls `tick` each `periodMs` until the returned function is called; never keeps the process alive. */
  every(periodMs: number, tick: () => void): () => void;
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

export interface FileStat {
  readonly kind: "file" | "folder" | "other";
  readonly size: number;
  readonly modifiedMs: number;
}

export interface HeldFile {
  /** What it holds now. */
  readText(): string;
  close(): void;
}

export interface Files {
  readText(path: string): Promise<string>;
  /** For the tiny, blocking-free files of /proc and /sys. */
  readTextSync(path: string): string;
  /** Keeps such a file open, for one that is read again and again. Throws what opening throws; whoever opened it closes it. */
  holdSync(path: string): HeldFile;
  readBytes(path: string, range?: { readonly offset: number; readonly length: number }): Promise<Uint8Array>;
  stream(path: string): AsyncIterable<Uint8Array>;
  /** Temporary name, flush, rename: readers see the old file or the new one, never half of it. Makes the folder. */
  writeAtomic(path: string, content: string | Uint8Array): Promise<void>;
  /** The same for content that is larger than memory: `pieces` are asked for one by one, and none is kept. */
  writeAtomicFrom(path: string, pieces: AsyncIterable<Uint8Array>): Promise<void>;
  /** One O_APPEND write, flushed to disk. Makes the folder. */
  append(path: string, content: string): Promise<void>;
  /**
   * A whole new file, or nothing where `path` exists: of several callers at once exactly one gets true. Nobody sees half of
   * it but on file systems without hard links, where it may be seen empty for a moment. Makes the folder.
   */
  createNew(path: string, content: string): Promise<boolean>;
  /** Within one file system; replaces what is at `to`. */
  move(from: string, to: string): Promise<void>;
  /** Names of a folder's entries, sorted; throws ENOENT. */
  list(path: string): Promise<readonly string[]>;
  listSync(path: string): readonly string[];
  /** undefined when there is nothing at `path`; other failures throw. */
  stat(path: string): Promise<FileStat | undefined>;
  makeFolder(path: string): Promise<void>;
  remove(path: string): Promise<void>;
  /** Bytes that this user may still write on the file system of `path`, which must exist. */
  freeBytes(path: string): Promise<number>;
}

export interface Exit {
  readonly code: number | null;
  readonly signal: string | null;
}

/** A running child whose three standard streams are the parent's own. */
export interface RunningCommand {
  readonly pid: number;
  /** Rejects with ENOENT, EACCES, EAGAIN … when the command could not be started; `run` itself may throw as well. */
  readonly exit: Promise<Exit>;
  kill(signal: string): void;
}

/** A child Node process that runs one of our entries and speaks by messages (structured clone). */
export interface RunningChild {
  readonly pid: number;
  send(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  readonly exit: Promise<Exit>;
  /** The last lines that the child wrote to its stderr. */
  errorTail(): string;
  kill(signal: string): void;
}

/** A running command that has no input, and whose output is ours. */
export interface RunningPipe {
  readonly pid: number;
  onOutput(listener: (text: string) => void): void;
  /** Rejects with ENOENT or EACCES when the command could not be started. */
  readonly exit: Promise<Exit>;
  /** The last lines that it wrote to its stderr. */
  errorTail(): string;
  kill(signal: string): void;
}

/** The entries of src/bin/ that may be started as a child. */
export type ChildEntry = "engine-child" | "ledger-child" | "probe-child" | "tune-child";

export interface ForkOptions {
  readonly env?: Environment;
  /** Its C library shall take large blocks from one heap that it keeps; `Machine.oneHeap` tells the child whether it does. */
  readonly oneHeap?: boolean;
}

export interface Processes {
  readonly pid: number;
  /** Whether there is a process of this id, of whomever. An id may be given to another one later. */
  isRunning(pid: number): boolean;
  run(command: string, args: readonly string[], options?: { readonly env?: Environment }): RunningCommand;
  /** Never keeps this process alive. */
  pipe(command: string, args: readonly string[]): RunningPipe;
  fork(entry: ChildEntry, options?: ForkOptions): RunningChild;
}

/** The entries of src/bin/ that may be started as a thread. */
export type ThreadEntry = "sensor-thread" | "load-thread";

/** A thread of this process that runs one of our entries and speaks by messages (structured clone). */
export interface RunningThread {
  post(message: unknown): void;
  /** What has arrived since the last call, oldest first; needs no turn of the event loop. */
  take(): readonly unknown[];
  /** Blocks until the thread posts again, at most `timeoutMs`. @returns whether it did. */
  wait(timeoutMs: number): boolean;
  /** Why it is no longer running, once that is known. */
  failure(): string | undefined;
  /** `listener` is called in a turn of the event loop once there is a failure. */
  onFailure(listener: () => void): void;
  /** Ends it wherever it is. */
  stop(): void;
}

export interface Threads {
  /** The thread never keeps the process alive. Throws where threads are not allowed. */
  start(entry: ThreadEntry, data: unknown): RunningThread;
}

/** The same from the thread's own side. */
export interface ThreadSide {
  readonly data: unknown;
  post(message: unknown): void;
  onMessage(listener: (message: unknown) => void): void;
  /**
   * Calls `tick` each `periodMs`, and the listener when a message comes, until `close`. The thread sleeps in between without
   * its event loop: no timer, promise or socket of it goes on.
   */
  occupy(periodMs: number, tick: () => void): void;
  /** Stops listening, so that the thread may end. */
  close(): void;
}

/** Of all that join one group in this process, in whatever thread, each knows whether it was ever not alone. */
export interface Groups {
  join(group: string): Membership;
}

export interface Membership {
  /** Whether another member was there at any time since joining. Needs no turn of the event loop. */
  metOthers(): boolean;
  leave(): void;
}

export type Environment = Readonly<Record<string, string | undefined>>;

export interface Terminal {
  /** Data only. Resolves when the stream has taken all of it; a closed pipe ends the program with 0. */
  writeOut(text: string | Uint8Array): Promise<void>;
  /** Everything else. Never fails: what a full or closed stderr does not take is lost, the work is not. */
  writeErr(text: string): void;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  readonly inIsTerminal: boolean;
  /** Width of the terminal behind stderr or stdout; 80 where there is none. */
  readonly columns: number;
  /** Height of the same; 24 where there is none. */
  readonly rows: number;
  /** False under NO_COLOR, TERM=dumb or without a terminal; FORCE_COLOR wins. */
  readonly colour: boolean;
  input(): AsyncIterable<Uint8Array>;
}

export type StopSignal = "SIGINT" | "SIGTERM" | "SIGHUP";
/** Signals that a wrapper of another program hands on. */
export type PassedSignal = StopSignal | "SIGQUIT" | "SIGUSR1" | "SIGUSR2" | "SIGCONT";

export interface Signals {
  /** Calls `listener` for each of `signals` instead of the system's default; returns the unsubscribe. */
  on<S extends PassedSignal>(signals: readonly S[], listener: (signal: S) => void): () => void;
  /** Ends this process as the signal would: exit 128 + number, no cleaning up. */
  exitNow(signal: StopSignal): never;
}

/** Facts about the machine, read once. */
export interface Machine {
  readonly os: string;
  readonly osVersion: string;
  readonly arch: string;
  readonly hostname: string;
  readonly cpuModel: string;
  readonly cpuThreads: number;
  readonly memoryBytes: number;
  readonly nodeVersion: string;
  /** CPU seconds (user + system) that this process has used, all threads. */
  processCpuSeconds(): number;
  /** Resident bytes of this process. */
  residentBytes(): number;
  /** Bytes that this process may still take: what is free, or what the limit of its container leaves. */
  availableBytes(): number;
  /** Whether memory that is given back stays in one heap of this process: runtimes need not keep it themselves. */
  oneHeap(): boolean;
  /** Busy CPU seconds of the whole machine, summed over threads. */
  machineBusySeconds(): number;
  homeFolder: string;
  temporaryFolder: string;
}

/**
 * What a C function takes: numbers (64-bit integers as bigint when they exceed 2^53), text (NUL-terminated), a pointer
 * as bigint, null for NULL, or memory of ours that it reads or fills while it runs (out-parameters and structs).
 */
export type NativeArgument = number | bigint | string | null | ArrayBufferView;
/** 64-bit integers are numbers where they fit exactly; pointers are bigint, NULL is null; `const char *` is text. */
export type NativeResult = number | bigint | string | boolean | null | undefined;
export type NativeFunction = (...values: readonly NativeArgument[]) => NativeResult;

/** A loaded shared library; stays loaded as long as one of its functions is held. */
export interface NativeLibrary {
  /** The one of the candidate names that was loaded. */
  readonly name: string;
  /**
   * Binds a function by its C prototype, `int nvmlDeviceGetCount_v2(unsigned int *count)`; undefined when the library
   * has no such function. Types are C's own and those of stdint.h; a handle, a struct or an unnamed type behind a
   * pointer is `void *`. Throws when the prototype cannot be read: a mistake of ours.
   */
  bind(prototype: string): NativeFunction | undefined;
}

/** Why no library was loaded. */
export interface NativeAbsent {
  readonly reason: string;
  /** Set when native calls do not work at all here; otherwise only the caller knows what brings the library. */
  readonly remedy?: string;
}

/** Calls into libraries of the system. The called code runs in this process: nothing guards against its crashes. */
export interface Native {
  /** Loads the first of `names` that can be loaded; a name without a folder is looked for as the system does. Never throws. */
  open(names: readonly string[]): NativeLibrary | NativeAbsent;
}

/** One end of a connection over a Unix socket: UTF-8 text both ways, in pieces of any size. */
export interface Connection {
  /** After the connection closed, or where the other side does not read, nothing is kept: it is closed. */
  send(text: string): void;
  onText(listener: (text: string) => void): void;
  /** Called once, whoever ended it and why. */
  onClose(listener: () => void): void;
  close(): void;
}

export interface Listening {
  /** Ends all connections and removes the socket. */
  close(): Promise<void>;
}

export interface ListenOptions {
  /** Permissions of the socket, 0o660; they are never wider, not even for a moment. */
  readonly mode: number;
  /** Group id that owns the socket; the process's own unless told. */
  readonly gid?: number;
}

/** Unix sockets. Calls reject with the system's code: ENOENT, EACCES, ECONNREFUSED, EADDRINUSE. */
export interface Sockets {
  /** The connection never keeps the process alive. */
  connect(path: string): Promise<Connection>;
  listen(path: string, options: ListenOptions, accept: (connection: Connection) => void): Promise<Listening>;
}

export interface FetchInit extends RequestInit {
  /**
   * Takes any certificate: for devices in the user's own network that signed theirs themselves, and only when the user said
   * so. Whoever sits in between can then read and change everything.
   */
  readonly allowSelfSigned?: boolean;
}

/** The same contract as the global `fetch`, as far as we use it. */
export type Fetch = (url: string, init?: FetchInit) => Promise<Response>;

export interface World {
  readonly clock: Clock;
  readonly files: Files;
  readonly fetch: Fetch;
  readonly native: Native;
  readonly processes: Processes;
  /** Entropy for identifiers and default seeds; experiments take a seeded one. */
  readonly random: Random;
  readonly terminal: Terminal;
  readonly signals: Signals;
  readonly sockets: Sockets;
  readonly threads: Threads;
  readonly groups: Groups;
  readonly machine: Machine;
  readonly env: Environment;
  readonly cwd: string;
}
