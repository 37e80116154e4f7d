/**
 * Packs ONNX's own node tests into test/fixtures/onnx-node-tests/cases.tar.gz.
 * usage: node test/oracles/pack_onnx_node_tests.mjs FOLDER
 * FOLDER: data/node of Debian's package libonnx-testdata 1.12.0 (apt-get download, dpkg -x).
 */
import { execFileSync } from "node:child_process";
import { readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

/** A case of more bytes is left out: it tests nothing that a smaller one does not. */
const LARGEST_CASE = 40_000;
const PLAIN = ["--format=ustar", "--mtime=@0", "--owner=0", "--group=0", "--numeric-owner"];

const [folder] = process.argv.slice(2);
const cases = readdirSync(folder)
  .sort()
  .map((name) => [
    `${name}/model.onnx`,
    ...readdirSync(join(folder, name, "test_data_set_0"))
      .sort()
      .map((file) => `${name}/test_data_set_0/${file}`),
  ]);
const size = (files) => files.reduce((sum, file) => sum + statSync(join(folder, file)).size, 0);
const packed = cases.filter((files) => size(files) <= LARGEST_CASE);
const tar = execFileSync("tar", [...PLAIN, "-cf", "-", "-C", folder, ...packed.flat()], {
  maxBuffer: 2 ** 30,
});
writeFileSync("test/fixtures/onnx-node-tests/cases.tar.gz", gzipSync(tar, { level: 9 }));
process.stderr.write(`${packed.length} cases of ${cases.length}\n`);
