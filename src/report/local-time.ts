/** `2026-11-25 07:13` in the reader's own time zone; a receipt itself holds UTC. */
export function localMinute(stamp: string): string {
  const time = new Date(stamp);
  const two = (part: number): string => String(part).padStart(2, "0");
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  return `${day} ${two(time.getHours())}:${two(time.getMinutes())}`;
}
