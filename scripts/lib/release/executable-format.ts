import { readFileSync } from 'node:fs';

/** What an executable of a target must be. */
export type ExpectedFormat =
  | { readonly kind: 'elf'; readonly machine: Machine; readonly interpreter: string }
  | { readonly kind: 'mach-o'; readonly machine: Machine };

type Machine = 'x86-64' | 'aarch64';

/** ELF, `e_machine` (gABI 4.1); Mach-O, `cputype` (mach/machine.h). */
const elfMachines: Readonly<Record<number, Machine>> = { 62: 'x86-64', 183: 'aarch64' };
const machoMachines: Readonly<Record<number, Machine>> = { 16777223: 'x86-64', 16777228: 'aarch64' };

/**
 * Compares the headers of an executable with what its target needs, and looks for the whole addon in it.
 *
 * @throws Error that says what is different
 */
export function checkExecutable(path: string, expected: ExpectedFormat, addon: string): void {
  const file = readFileSync(path);
  const found = formatOf(file);
  if (JSON.stringify(found) !== JSON.stringify(expected)) {
    throw new Error(`${path} is ${JSON.stringify(found)}, wanted is ${JSON.stringify(expected)}`);
  }
  if (!file.includes(readFileSync(addon))) throw new Error(`${path} does not contain ${addon}`);
}

/** @throws Error for a file of neither format */
export function formatOf(file: Buffer): ExpectedFormat {
  if (file.length > 64 && file.readUInt32BE(0) === 0x7f454c46) return elf(file);
  if (file.length > 32 && file.readUInt32LE(0) === 0xfeedfacf) return macho(file);
  throw new Error('neither an ELF nor a Mach-O file');
}

const programHeader = { interpreter: 3 } as const;

/** 64 bits, little-endian. */
function elf(file: Buffer): ExpectedFormat {
  const machine = known(elfMachines, file.readUInt16LE(18));
  const [start, size, count] = [Number(file.readBigUInt64LE(32)), file.readUInt16LE(54), file.readUInt16LE(56)];
  for (let index = 0; index < count; index += 1) {
    const at = start + index * size;
    if (file.readUInt32LE(at) !== programHeader.interpreter) continue;
    const [from, length] = [Number(file.readBigUInt64LE(at + 8)), Number(file.readBigUInt64LE(at + 32))];
    // Without the NUL at its end.
    return { kind: 'elf', machine, interpreter: file.toString('latin1', from, from + length - 1) };
  }
  throw new Error('the ELF file has no interpreter');
}

const loadCommand = { codeSignature: 0x1d } as const;

/** 64 bits, little-endian. Without a signature, if only an ad-hoc one, a Mac with its own processor does not start it. */
function macho(file: Buffer): ExpectedFormat {
  const machine = known(machoMachines, file.readUInt32LE(4));
  let at = 32;
  for (let left = file.readUInt32LE(16); left > 0; left -= 1) {
    if (file.readUInt32LE(at) === loadCommand.codeSignature) return { kind: 'mach-o', machine };
    at += file.readUInt32LE(at + 4);
  }
  throw new Error('the Mach-O file has no code signature');
}

function known(machines: Readonly<Record<number, Machine>>, number: number): Machine {
  const machine = machines[number];
  if (machine === undefined) throw new Error(`an executable for the unknown machine ${number}`);
  return machine;
}
