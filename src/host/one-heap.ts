/**
 * One heap for blocks of any size, which a process keeps for itself: with glibc, by its tunables. Otherwise each large block is asked of
 * the system and given back, page by page; and a runtime that keeps blocks itself does so for each of its sessions.
 */
const KEPT_BYTES = 2 ** 40;
/**
 * glibc manual, "Memory Allocation Tunables". Small blocks that are put aside (tcache, mxfast) lie between large ones and keep them from
 * being joined again: with them, memory grew by another frame with each run of a session. hugetlb=1 asks for huge pages (madvise),
 * of which far fewer must be handed out.
 */
const TUNABLES = [
  "glibc.malloc.arena_max=1",
  "glibc.malloc.mmap_max=0",
  `glibc.malloc.trim_threshold=${KEPT_BYTES}`,
  `glibc.malloc.top_pad=${64 * 2 ** 20}`,
  "glibc.malloc.tcache_count=0",
  "glibc.malloc.mxfast=0",
  "glibc.malloc.hugetlb=1",
].join(":");

/** For a child; other C libraries do not look at it. */
export const ONE_HEAP: Readonly<Record<string, string>> = { GLIBC_TUNABLES: TUNABLES };

/** Whether this process was started so, and its C library heeds it. */
export function hasOneHeap(): boolean {
  if (process.platform !== "linux" || process.env["GLIBC_TUNABLES"] !== TUNABLES) return false;
  // Otherwise the report looks up the names of all sockets.
  Object.assign(process.report, { excludeNetwork: true });
  const { header } = process.report.getReport() as { header: { glibcVersionRuntime?: string } };
  return header.glibcVersionRuntime !== undefined;
}
