// What `python -m pricer export` describes, in JavaScript: texts to columns and counts, outputs to dollars.
//
//   node docs/featurizer.mjs FOLDER        checks every vector of an exported folder
//
// Written from featurizer.json and pricing.json alone; no packages.  With onnxruntime-node, the columns and counts go
// into network.onnx as they are.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

const BITS_64 = (1n << 64n) - 1n;

/** MurmurHash3_x86_32 with seed 0 of a word's UTF-8 bytes, as a number with sign. */
export function murmur(word) {
  const bytes = new TextEncoder().encode(word);
  const end = bytes.length - (bytes.length % 4);
  const mixed = (k) => Math.imul(rotated(Math.imul(k, 0xcc9e2d51), 15), 0x1b873593);
  let hash = 0;
  for (let i = 0; i < end; i += 4) {
    const k = bytes[i] | (bytes[i + 1] << 8) | (bytes[i + 2] << 16) | (bytes[i + 3] << 24);
    hash = (Math.imul(rotated(hash ^ mixed(k), 13), 5) + 0xe6546b64) | 0;
  }
  let tail = 0;
  for (let i = bytes.length - 1; i >= end; i--) tail = (tail << 8) | bytes[i];
  if (end < bytes.length) hash ^= mixed(tail);
  hash ^= bytes.length;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) | 0;
}

const rotated = (number, bits) => (number << bits) | (number >>> (32 - bits));
const unsigned = (word) => BigInt(murmur(word) >>> 0);

/** A text's tokens and its columns, ascending, with their counts; `words` too where the graph takes them. */
export function featurize(description, text) {
  return description.kind === "compact" ? compact(description, text) : hashedWords(description, text);
}

function hashedWords(description, text) {
  const stop = new Set(description.stop_words);
  const tokens = (text.toLowerCase().match(/[\p{L}\p{N}_]{2,}/gu) ?? []).filter((word) => !stop.has(word));
  const buckets = (size) => ascending(new Set(tokens.map((word) => Math.abs(murmur(word)) % size)));
  const columns = buckets(description.n_columns);
  return { tokens, columns, counts: columns.map(() => 1), words: buckets(description.n_words) };
}

const ascending = (numbers) => [...numbers].sort((one, other) => one - other);

function compact(description, text) {
  const { tokens, titleTokens } = cut(description, text);
  const measured = tokens.map((token) => measure(description, token));
  const hashes = measured.map((each) => unsigned(each.word));
  const [wordBuckets, phraseBuckets] = [BigInt(description.word_buckets), BigInt(description.phrase_buckets)];
  const keys = Object.fromEntries(Object.entries(description.keys).map(([name, key]) => [name, BigInt(key)]));
  const phrase = (key) => wordBuckets + (mix(key & BITS_64) % phraseBuckets);
  const entries = []; // [column, level]
  measured.forEach(({ base, level }, i) => {
    const hash = hashes[i];
    entries.push([hash % wordBuckets, 0]);
    if (i + 1 < tokens.length) entries.push([phrase(hash + (hashes[i + 1] << 32n)), 0]);
    if (base) entries.push([phrase(unsigned(`${base}~${level}`) + keys.size), 0]);
    if (i >= Math.min(titleTokens, description.title_words)) return;
    entries.push([phrase(hash + keys.title), 0]);
    if (!base) return;
    entries.push([phrase(unsigned(`${base}~${level}`) + keys.title_size), 0]);
    entries.push([phrase(unsigned(base) + keys.amount), level]);
  });
  return { tokens, ...merged(description, entries) };
}

function cut(description, text) {
  const plain = plainText(description, text);
  const end = titleEnd(plain);
  const found = (part) => part.match(new RegExp(description.token_pattern, "g")) ?? [];
  const title = found(plain.slice(0, end));
  const tokens = [...title, ...found(plain.slice(end))].slice(0, description.max_words);
  if (plain.startsWith(description.form) && plain.includes(description.form_line)) tokens[0] = description.form;
  return { tokens, titleTokens: title.length };
}

function plainText(description, text) {
  const runs = new RegExp(`[^\\x00-\\x7f]{1,${description.run_chars}}`, "gu");
  const plain = (run) =>
    [...run]
      .map((char) => description.typographic[char] ?? char)
      .join("")
      .normalize("NFKD")
      .replace(/[\u0300-\u036f]/g, "")
      .replace(/[^\p{L}\p{N}_\x00-\x7f]/gu, " ");
  return text.replace(runs, plain).toLowerCase();
}

function titleEnd(plain) {
  const from = [...plain.slice(0, 6)].slice(0, 3).join("").length;
  const ends = [plain.indexOf("\n", from), plain.indexOf(" [", from)].filter((end) => end >= 0);
  return Math.min(plain.length, ...ends);
}

function measure(description, token) {
  const number = token.match(new RegExp(description.number_pattern));
  if (!number) return { word: token };
  const rest = token.slice(number.index + number[0].length).replace(/^[ .,-]+|[ .,-]+$/g, "");
  const spelling = token.includes(" of ") ? "pk" : rest;
  if (!Object.hasOwn(description.units, spelling)) return { word: token };
  const { unit, base, factor } = description.units[spelling];
  const digits = number[0].replaceAll(",", "");
  const amount = digits.split(".").length <= 2 ? Number(digits) * factor : 0;
  if (!(amount > 0 && amount < 1e9)) return { word: digits + unit };
  const level = halfToEven(description.bins_per_doubling * Math.log2(amount)) + description.level_of_one;
  return { word: digits + unit, base, level: Math.min(Math.max(level, 1), 255) };
}

function halfToEven(number) {
  const below = Math.floor(number);
  if (number - below !== 0.5) return Math.round(number);
  return below % 2 === 0 ? below : below + 1;
}

function mix(key) {
  key = ((key ^ (key >> 33n)) * 0xff51afd7ed558ccdn) & BITS_64;
  key = ((key ^ (key >> 33n)) * 0xc4ceb9fe1a85ec53n) & BITS_64;
  return key ^ (key >> 33n);
}

function merged(description, entries) {
  const found = new Map(); // column -> how many, and the highest level
  for (const [column, level] of entries) {
    const before = found.get(Number(column)) ?? { count: 0, level: 0 };
    found.set(Number(column), { count: before.count + 1, level: Math.max(before.level, level) });
  }
  const columns = ascending(found.keys());
  const amount = (level) =>
    Math.exp(Math.log2(1 + 2 ** ((level - description.level_of_one) / description.bins_per_doubling)) / 4 - 1);
  const counts = columns.map((column) => {
    const { count, level } = found.get(column);
    return level > 0 ? amount(level) : count;
  });
  return { columns, counts };
}

/** Dollars of what the graph tells of a text: `standardised`, `scale` and `familiarity`. */
export function prices(pricing, { standardised, scale, familiarity }, coverage) {
  const { target, calibration } = pricing;
  const logPrice = standardised * target.std + target.mean;
  const at = (ends) => interpolated(coverage, calibration.coverages, ends);
  const ownLow = logPrice + at(calibration.lower) * scale;
  const ownHigh = logPrice + at(calibration.upper) * scale;
  const half = Math.max(calibration.known_from / 2, 1e-9);
  const unknown = Math.min(Math.max((calibration.known_from - familiarity) / half, 0), 1);
  const dollars = (log) => Math.max(Math.expm1(log), 0);
  return {
    price: dollars(logPrice),
    low: dollars(ownLow - unknown * Math.max(ownLow - at(calibration.prior_lower), 0)),
    high: dollars(ownHigh + unknown * Math.max(at(calibration.prior_upper) - ownHigh, 0)),
  };
}

function interpolated(at, points, values) {
  const next = points.findIndex((point) => point >= at);
  if (next <= 0) return values[next === 0 ? 0 : values.length - 1];
  const share = (at - points[next - 1]) / (points[next] - points[next - 1]);
  return values[next - 1] + share * (values[next] - values[next - 1]);
}

function check(folder) {
  const [description, pricing, { vectors, coverage }] = ["featurizer", "pricing", "test_vectors"].map((name) =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), "utf8")),
  );
  const near = (one, other) => Math.abs(one - other) <= 1e-4 * Math.max(1, Math.abs(other));
  const equal = (one, other) => one === other;
  const all = (one, other, alike) => one.length === other.length && one.every((each, i) => alike(each, other[i]));
  const wrong = vectors.filter((vector) => {
    const found = featurize(description, vector.text);
    const told = prices(pricing, vector, coverage);
    const rows = ["tokens", "columns", "words"].every((name) => all(found[name] ?? [], vector[name] ?? [], equal));
    const counts = all(found.counts, vector.counts, near);
    return !(rows && counts && ["price", "low", "high"].every((name) => near(told[name], vector[name])));
  });
  console.log(JSON.stringify({ vectors: vectors.length, wrong: wrong.map((vector) => vector.text) }));
  return wrong.length ? 1 : 0;
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) process.exitCode = check(process.argv[2]);
