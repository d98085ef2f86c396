import { clientBugs } from "./client_bugs";
import { coreBugs } from "./core_bugs";
import { membershipBugs } from "./membership_bugs";
import type { PlantedBug } from "./planted_bug";
import { storageBugs } from "./storage_bugs";

/** Every planted bug, by subject. */
export const allBugs: readonly PlantedBug[] = [...coreBugs, ...membershipBugs, ...clientBugs, ...storageBugs];
