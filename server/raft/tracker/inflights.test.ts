import fc from "fast-check";
import { expect, test } from "vitest";
import { InvariantError } from "../assert";
import { Inflights } from "./inflights";

test("behaves like a list of what was sent, whatever is added and freed", () => {
  const step = fc.record({ free: fc.boolean(), by: fc.integer({ min: 1, max: 4 }) });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 40 }), fc.array(step, { maxLength: 200 }), (max, steps) => {
      const inflights = new Inflights(max, 0);
      let model: number[] = [];
      let index = 0;
      for (const { free, by } of steps) {
        if (free) {
          const upTo = (model[0] ?? index) + by - 1;
          inflights.freeTo(upTo);
          model = model.filter((sent) => sent > upTo);
        } else if (model.length < max) {
          index += by;
          inflights.add(index, 1);
          model.push(index);
        }
        expect(inflights.count).toBe(model.length);
        expect(inflights.full).toBe(model.length === max);
      }
    }),
  );
});

test("is full by bytes as well, and takes one message of any size", () => {
  const inflights = new Inflights(10, 100);
  inflights.add(1, 1000);
  expect(inflights.full).toBe(true);
  expect(() => inflights.add(2, 1)).toThrow(InvariantError);
  inflights.freeTo(1);
  expect(inflights.full).toBe(false);
  inflights.add(2, 99);
  expect(inflights.full).toBe(false);
  inflights.reset();
  expect(inflights.count).toBe(0);
});
