import { describe, expect, test } from "vitest";
import { SimulatedCrash } from "./faulty_file_system";
import { joiningUuid } from "./joining_uuid";
import { SimulatedMachine } from "./simulated_machine";

const PATH = "/nodes/four";

describe("the UUID a directory joins with", () => {
  test("is the same after a power cut, once it was told", () => {
    const machine = new SimulatedMachine();
    const uuid = joiningUuid(PATH, machine.disk);
    machine.disk.powerCut("everything");
    expect(joiningUuid(PATH, machine.disk)).toBe(uuid);
  });

  test("cut off anywhere while it is made, whatever is lost, is made anew or stands", () => {
    for (const loss of ["nothing", "everything", "suffix", "sectors"] as const) {
      let done = false;
      for (let count = 0; !done; count++) {
        const machine = new SimulatedMachine(count);
        machine.disk.crashAfter(count);
        try {
          joiningUuid(PATH, machine.disk);
          done = true;
        } catch (error) {
          expect(error).toBeInstanceOf(SimulatedCrash);
        }
        machine.disk.powerCut(loss);
        const uuid = joiningUuid(PATH, machine.disk);
        machine.disk.powerCut("everything");
        expect(joiningUuid(PATH, machine.disk)).toBe(uuid);
      }
    }
  });
});
