/** Things that stand in one place, with their names. */
export interface Layer<Value extends object, Source extends string> {
  readonly source: Source;
  readonly values: readonly (readonly [name: string, value: Value])[];
}

/** A thing as it is shown: with its name, and with the place where it stands. */
export type Shown<Value extends object, Source extends string> = Value & {
  readonly name: string;
  readonly source: Source;
};

/**
 * Things of several places by name, in the order of their names.
 *
 * @param layers of two things of one name that of the first layer counts, and within a layer the last
 */
export function layered<Value extends object, Source extends string>(
  ...layers: readonly Layer<Value, Source>[]
): ReadonlyMap<string, Shown<Value, Source>> {
  const all = layers.toReversed().flatMap(({ source, values }) => {
    return values.map(([name, value]): [string, Shown<Value, Source>] => [name, { name, ...value, source }]);
  });
  return new Map([...new Map(all)].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
