/** Named values of one source. */
export interface Layer<Value extends object, Source extends string> {
  readonly source: Source;
  readonly values: readonly (readonly [name: string, value: Value])[];
}

/** A value as the API shows it: with its name and its source. */
export type Shown<Value extends object, Source extends string> = Value & {
  readonly name: string;
  readonly source: Source;
};

/**
 * The values of several sources by name, sorted by name.
 *
 * @param layers when two values have the same name, the first layer takes precedence, and within a layer the last value
 */
export function layered<Value extends object, Source extends string>(
  ...layers: readonly Layer<Value, Source>[]
): ReadonlyMap<string, Shown<Value, Source>> {
  const all = layers.toReversed().flatMap(({ source, values }) => {
    return values.map(([name, value]): [string, Shown<Value, Source>] => [name, { name, ...value, source }]);
  });
  return new Map([...new Map(all)].toSorted(([one], [other]) => (one < other ? -1 : 1)));
}
