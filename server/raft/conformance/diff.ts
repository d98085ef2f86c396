const LINES_MAX = 2000;

/** Two texts as one list of lines: " " in both, "-" only expected, "+" only actual. */
export function diffLines(expected: string, actual: string): readonly string[] {
  const left = expected.split("\n");
  const right = actual.split("\n");
  if (left.length > LINES_MAX || right.length > LINES_MAX) {
    return [...left.map((line) => `-${line}`), ...right.map((line) => `+${line}`)];
  }
  const lengths = commonLengths(left, right);
  const width = right.length + 1;
  const lines: string[] = [];
  let i = 0;
  let j = 0;
  while (i < left.length || j < right.length) {
    const below = lengths[(i + 1) * width + j] ?? 0;
    const beside = lengths[i * width + j + 1] ?? 0;
    if (i < left.length && j < right.length && left[i] === right[j]) {
      lines.push(` ${left[i]}`);
      i++;
      j++;
    } else if (j >= right.length || (i < left.length && below >= beside)) lines.push(`-${left[i++]}`);
    else lines.push(`+${right[j++]}`);
  }
  return lines;
}

/** Length of the longest common subsequence of left[i..] and right[j..], at i * (right.length + 1) + j. */
function commonLengths(left: readonly string[], right: readonly string[]): Uint16Array {
  const width = right.length + 1;
  const lengths = new Uint16Array((left.length + 1) * width);
  for (let i = left.length - 1; i >= 0; i--) {
    for (let j = right.length - 1; j >= 0; j--) {
      lengths[i * width + j] =
        left[i] === right[j]
          ? (lengths[(i + 1) * width + j + 1] ?? 0) + 1
          : Math.max(lengths[(i + 1) * width + j] ?? 0, lengths[i * width + j + 1] ?? 0);
    }
  }
  return lengths;
}
