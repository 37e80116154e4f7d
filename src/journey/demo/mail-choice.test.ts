import { expect, test } from "vitest";
import { type WorkingWorld, workingWorld } from "../../../test/support/working-world.ts";
import { isSealed } from "../../receipt/seal.ts";
import { type MailSizes, mailChoice } from "./mail-choice.ts";
import { openBook } from "./receipt-book.ts";
import { type Mail, prepareMails } from "./spam-assassin.ts";
import { majority, type TextCandidate } from "./text-candidate.ts";

const SIZES: MailSizes = { pool: 20, train: 10, test: 10, rounds: 6, perRound: 5, leastTurnS: 0 };
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const MAILS = prepareMails(
  Array.from({ length: 52 }, (_, at): Mail => {
    const label = at % 2 === 0 ? "ham" : "spam";
    return { id: `m${at}`, label, text: `${label} ${LETTERS[at >> 1]!.repeat(3)} ${LETTERS[at >> 1]}x` };
  }),
);

interface Fake {
  readonly id: string;
  readonly trainS?: number;
  /** Seconds for each mail; `jitterS` changes from call to call. */
  readonly mailS: number;
  readonly jitterS?: readonly number[];
  /** Every so many mails it errs; never unless told. */
  readonly errsEvery?: number;
  readonly sharedS?: number;
}

/** Reads the label off the mail, at a price. */
function fake(world: WorkingWorld, { id, trainS = 1, mailS, jitterS = [0], errsEvery, sharedS }: Fake): TextCandidate {
  let calls = 0;
  const other = (label: string): string => (label === "ham" ? "spam" : "ham");
  return {
    id,
    label: id,
    kind: "fake",
    description: id,
    notes: [],
    async train() {
      world.work(trainS);
      return {
        sizeB: () => mailS,
        async classify(texts) {
          world.work((mailS + jitterS[calls++ % jitterS.length]!) * texts.length);
          return texts.map((text, at) => {
            const label = text.split(" ")[0]!;
            return errsEvery !== undefined && at % errsEvery === 0 ? other(label) : label;
          });
        },
      };
    },
    ...(sharedS === undefined
      ? {}
      : {
          shared: {
            name: "sharing",
            prepare: async (texts: readonly string[]) => world.work(sharedS * texts.length),
            forget: () => {},
          },
        }),
  };
} // biome-ignore format: the signature on one line

async function choose(fakes: (world: WorkingWorld) => readonly TextCandidate[], seeds = [1, 2, 3]) {
  const world = workingWorld();
  const book = openBook(world, { signal: new AbortController().signal, progress: () => {} });
  const made = await mailChoice({
    world,
    book,
    title: "Mail",
    question: "Which?",
    mails: MAILS,
    candidates: fakes(world),
    parents: [],
    seeds,
    sizes: SIZES,
  });
  return { ...made, receipts: book.receipts };
}

test("the cheapest that does the job is picked over a costlier one and over no model at all", async () => {
  const { report } = await choose((world) => [
    majority,
    fake(world, { id: "large", mailS: 2 }),
    fake(world, { id: "small", mailS: 0.1 }),
  ]);
  expect(report.picked).toBe("small");
  expect(report.why).toContain("large takes 20 times as much and is no better");
  const large = report.candidates.find(({ id }) => id === "large")!;
  expect(large.relative_energy?.reference).toBe("small");
  expect(large.relative_energy?.ratio.value).toBeCloseTo(20, 6);
  expect(large.energy.per_unit_j!.value).toBeCloseTo(
    20 * report.candidates.find(({ id }) => id === "small")!.energy.per_unit_j!.value,
    6,
  );
  const none = report.candidates.find(({ id }) => id === "majority")!;
  expect(none.floor).toBe("misses");
  expect(none.quality.median.value).toBe(0.5);
});

test("energies whose interval holds 1 are a tie", async () => {
  const { report } = await choose((world) => [
    fake(world, { id: "one", mailS: 1, jitterS: [0, 0.5] }),
    fake(world, { id: "other", mailS: 1, jitterS: [0.5, 0] }),
  ]);
  expect(report.why).toContain("It is a tie");
  expect(report.candidates.map(({ id }) => id)).toContain(report.picked);
});

test("when no candidate reaches the floor none is picked, and ratios are to the least energy of all", async () => {
  const { report } = await choose((world) => [
    fake(world, { id: "poor", mailS: 1, errsEvery: 4 }),
    fake(world, { id: "poorer", mailS: 3, errsEvery: 2 }),
  ]);
  expect(report).not.toHaveProperty("picked");
  expect(report.why).toContain("No candidate reaches the floor of 90.0 %; the nearest is poor");
  expect(report.candidates[1]!.relative_energy).toMatchObject({ reference: "poor" });
});

test("training is charged with its part of what the seeds share", async () => {
  const { report, receipts } = await choose((world) => [
    fake(world, { id: "sharing", mailS: 1, trainS: 2, sharedS: 0.5 }),
    fake(world, { id: "alone", mailS: 0.1, trainS: 2 + 0.5 * 20 }),
  ]);
  const [sharing, alone] = report.candidates;
  expect(sharing!.energy.train_j!.value).toBeCloseTo(alone!.energy.train_j!.value, 6);
  expect(sharing!.train_s).toBeCloseTo(12, 6);
  const run = receipts.find(({ kind }) => kind === "run")!;
  expect(receipts.filter(({ kind, parents }) => kind === "train" && parents.includes(run.id))).toHaveLength(
    3,
  );
});

test("every figure has its receipts, whose lineage leads from the choice to the trainings", async () => {
  const { report, receipts } = await choose((world) => [fake(world, { id: "only", mailS: 1 }), majority]);
  const byId = new Map(receipts.map((receipt) => [receipt.id, receipt]));
  for (const receipt of receipts) {
    expect(isSealed(receipt)).toBe(true);
    for (const parent of receipt.parents) expect(byId.has(parent)).toBe(true);
  }
  for (const candidate of report.candidates) {
    expect(candidate.receipts).toHaveLength(7);
    for (const id of candidate.receipts) expect(byId.has(id)).toBe(true);
  }
  const choice = receipts.at(-1)!;
  expect(choice.kind).toBe("choose");
  expect(choice.parents.map((id) => byId.get(id)!.kind)).toEqual(["evaluate", "evaluate"]);
  const test = byId.get(choice.parents[0]!)!;
  expect(test.quality).toMatchObject([{ metric: "accuracy", estimate: { value: 1 }, count: 20 }]);
  expect(byId.get(test.parents[0]!)).toMatchObject({
    kind: "train",
    seeds: { split: 1 },
    work: { count: 20 },
  });
});

test("the same mails and seeds give the same report but for its times", async () => {
  const run = () => choose((world) => [fake(world, { id: "only", mailS: 1 }), majority], [4]);
  expect((await run()).report).toEqual((await run()).report);
});

test("one seed is enough, and a failing candidate's error comes out", async () => {
  const broken: TextCandidate = { ...majority, train: () => Promise.reject(new TypeError("oops")) };
  await expect(choose(() => [broken], [1])).rejects.toThrow("oops");
});
