import { expect, test } from "vitest";
import { fakeWorld } from "../../../test/support/fake-world.ts";
import { settle } from "../../../test/support/settle.ts";
import { parseMeterSpec } from "./meter-spec.ts";
import { openStreamFeed } from "./stream-feed.ts";

const spec = (options = "") => parseMeterSpec(`http://meter/stream#stream${options}`);
const encoder = new TextEncoder();

function streaming() {
  let push: ReadableStreamDefaultController<Uint8Array>;
  let opened = 0;
  const fake = fakeWorld();
  const world = {
    ...fake,
    fetch: async () => {
      opened++;
      return new Response(
        new ReadableStream<Uint8Array>({
          start(controller) {
            push = controller;
            controller.enqueue(encoder.encode('{"watts": 10}\n'));
          },
        }),
      );
    },
  };
  return {
    world,
    opened: () => opened,
    send: (text: string) => push.enqueue(encoder.encode(text)),
    end: () => push.close(),
    fail: () => push.error(new Error("connection reset")),
  };
}

test("each line is a reading at the moment when its end came", async () => {
  const stream = streaming();
  const feed = await openStreamFeed(stream.world, spec());
  expect(await feed.poll()).toEqual([{ atS: 0, value: 10 }]);
  stream.world.clock.advance(1);
  stream.send('{"watts": 20}\n{"wat');
  await settle();
  stream.world.clock.advance(1);
  stream.send('ts": 30}\n\n');
  await settle();
  expect(await feed.poll()).toEqual([
    { atS: 1, value: 20 },
    { atS: 2, value: 30 },
  ]);
  feed.close?.();
});

test("with a time field the meter's own clock counts", async () => {
  const stream = streaming();
  stream.world.clock.advance(60);
  const feed = await openStreamFeed(stream.world, spec("&time=t&power=watts"));
  await feed.poll();
  stream.send('{"t": "2026-01-01T00:00:30Z", "watts": 5}\n');
  await settle();
  expect(await feed.poll()).toEqual([{ atS: 30, value: 5 }]);
});

test.each(["end", "fail"] as const)(
  "a stream that breaks (%s) says so once and is asked for again",
  async (how) => {
    const stream = streaming();
    const feed = await openStreamFeed(stream.world, spec());
    await feed.poll();
    stream[how]();
    await settle();
    await expect(feed.poll()).rejects.toThrow(how === "end" ? "ended" : "reset");
    await settle();
    expect(stream.opened()).toBe(2);
    expect(await feed.poll()).toEqual([{ atS: 0, value: 10 }]);
  },
);

test("a line that is no reading breaks the stream, with the reason", async () => {
  const stream = streaming();
  const feed = await openStreamFeed(stream.world, spec());
  await feed.poll();
  stream.send("<html>\n");
  await settle();
  await expect(feed.poll()).rejects.toThrow("not JSON");
});
