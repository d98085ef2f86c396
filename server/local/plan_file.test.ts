import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { activeNodes, hostNode, newNode, newPlan, PLAN_FORMAT } from "./plan";
import { PlanFile } from "./plan_file";

let directory: string;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), "rollcall-plan-"));
});

afterEach(() => {
  rmSync(directory, { recursive: true, force: true });
});

const ports = [
  { console: 7400, peer: 7500 },
  { console: 7401, peer: 7501 },
  { console: 7402, peer: 7502 },
] as const;

function created(): PlanFile {
  const file = PlanFile.create(join(directory, "data"), newPlan([...ports], 1_700_000_000_000));
  if (!(file instanceof PlanFile)) throw new Error(file.message);
  return file;
}

function faultOf(text: string): { readonly kind: string; readonly message: string } {
  writeFileSync(join(directory, "plan.json"), text);
  const loaded = PlanFile.load(directory);
  if (loaded instanceof PlanFile) throw new Error("it loaded");
  return loaded;
}

test("a created plan is read back the same, and only its owner may read it", () => {
  const file = created();
  const path = join(file.directory, "plan.json");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  expect(statSync(file.directory).mode & 0o777).toBe(0o700);
  const loaded = PlanFile.load(file.directory);
  expect(loaded instanceof PlanFile && loaded.current).toEqual(file.current);
  expect(readdirSync(file.directory)).toEqual(["plan.json"]);
});

test("a new plan names ids 1 to 3, distinct uuids, and ports that were picked", () => {
  const plan = newPlan([...ports], 0);
  expect(plan.nodes.map((node) => [node.id, node.name, node.directory, node.address])).toEqual([
    [1, "n1", "n1", "127.0.0.1:7500"],
    [2, "n2", "n2", "127.0.0.1:7501"],
    [3, "n3", "n3", "127.0.0.1:7502"],
  ]);
  expect(new Set(plan.nodes.map((node) => node.uuid)).size).toBe(3);
  expect(plan.nodes.every((node) => !node.formed && !node.removed)).toBe(true);
  expect(newPlan([...ports], 0).secret).not.toBe(plan.secret);
});

test("updates, additions and drops are durable", () => {
  const file = created();
  file.update(2, { formed: true });
  file.add(newNode(4, "blue", "127.0.0.1:7503", 7403));
  file.add(newNode(5, "red", "127.0.0.1:7504", 7404));
  file.drop(5);
  const loaded = PlanFile.load(file.directory);
  if (!(loaded instanceof PlanFile)) throw new Error(loaded.message);
  expect(loaded.node(2)?.formed).toBe(true);
  expect(loaded.node(4)?.name).toBe("blue");
  expect(loaded.node(5)).toBeUndefined();
});

test("a change that is not a valid plan is refused and changes nothing", () => {
  const file = created();
  const before = readFileSync(join(file.directory, "plan.json"), "utf8");
  expect(() => file.add(newNode(1, "again", "127.0.0.1:7509", 7409))).toThrow();
  expect(readFileSync(join(file.directory, "plan.json"), "utf8")).toBe(before);
  expect(file.current.nodes).toHaveLength(3);
});

test("the embedded node is the lowest that is still a member", () => {
  const file = created();
  expect(hostNode(file.current)?.id).toBe(1);
  file.update(1, { removed: true });
  expect(hostNode(file.current)?.id).toBe(2);
  expect(activeNodes(file.current).map((node) => node.id)).toEqual([2, 3]);
  file.update(2, { removed: true });
  file.update(3, { removed: true });
  file.add(newNode(4, "n4", "127.0.0.1:7503", 7403));
  expect(hostNode(file.current)).toBeUndefined();
});

test("no plan is told apart from a plan that is broken", () => {
  const loaded = PlanFile.load(directory);
  expect(loaded instanceof PlanFile ? "" : loaded.kind).toBe("missing");
});

test("a plan cut short, empty or of other content is damaged, and the sentence says where", () => {
  const text = readFileSync(join(created().directory, "plan.json"), "utf8");
  expect(faultOf(text.slice(0, 200))).toMatchObject({ kind: "damaged" });
  expect(faultOf("").message).toContain("it is empty");
  expect(faultOf("[]").kind).toBe("damaged");
  const fault = faultOf(text.replace("127.0.0.1:7501", "nowhere"));
  expect(fault.message).toContain("nodes.1.address");
  expect(fault.message).toContain(join(directory, "plan.json"));
  expect(faultOf(text.replace('"id": 2', '"id": 1')).message).toContain("share an id");
  expect(faultOf(text.replace('"n2"', '"../n2"')).kind).toBe("damaged");
});

test("a plan of a newer format is not guessed at", () => {
  const fault = faultOf(JSON.stringify({ format: PLAN_FORMAT + 1, nodes: "other" }));
  expect(fault.kind).toBe("newer");
  expect(fault.message).toContain(`plan format ${PLAN_FORMAT + 1}`);
});

test("a directory that cannot be made is a sentence, not an exception", () => {
  writeFileSync(join(directory, "file"), "");
  const fault = PlanFile.create(join(directory, "file", "data"), newPlan([...ports], 0));
  expect(fault instanceof PlanFile ? "" : fault.kind).toBe("unwritable");
  expect(fault instanceof PlanFile ? "" : fault.message).toContain("not a directory");
});
