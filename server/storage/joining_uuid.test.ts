import { describe, expect, test } from "vitest";
import { makeDirectories } from "./data_directory";
import { joiningUuid } from "./joining_uuid";
import { SimulatedCrash } from "./testing/faulty_file_system";
import { SimulatedMachine } from "./testing/simulated_machine";

const PATH = "/nodes/four";

/** Ends the making of a UUID after each of its calls in turn, then holds that the next one outlives a power cut. */
function cutOffAnywhere(
  prepare: (machine: SimulatedMachine) => void,
  end: (machine: SimulatedMachine) => void,
) {
  let done = false;
  for (let count = 0; !done; count++) {
    const machine = new SimulatedMachine(count);
    prepare(machine);
    machine.disk.crashAfter(count);
    try {
      joiningUuid(PATH, machine.disk);
      done = true;
    } catch (error) {
      expect(error).toBeInstanceOf(SimulatedCrash);
    }
    end(machine);
    const uuid = joiningUuid(PATH, machine.disk);
    machine.disk.powerCut("everything");
    expect(joiningUuid(PATH, machine.disk)).toBe(uuid);
  }
}

describe("the UUID a directory joins with", () => {
  test("is the same after a power cut, once it was told", () => {
    const machine = new SimulatedMachine();
    const uuid = joiningUuid(PATH, machine.disk);
    machine.disk.powerCut("everything");
    expect(joiningUuid(PATH, machine.disk)).toBe(uuid);
  });

  test.each(["nothing", "everything", "suffix", "sectors"] as const)(
    "cut off anywhere while it is made, is made anew or stands (lost: %s)",
    (loss) =>
      cutOffAnywhere(
        () => {},
        ({ disk }) => disk.powerCut(loss),
      ),
  );

  test("is durable before it is told, also where the process that made it was killed before it was", () => {
    cutOffAnywhere(
      ({ disk }) => makeDirectories(disk, PATH),
      ({ disk }) => disk.killProcess(),
    );
  });
});
