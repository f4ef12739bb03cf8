/** The files in the directory of the file that describes the hosts. Paths are relative to that directory. */
export interface NearbyFiles {
  /**
   * The names in a directory, those of directories with a final `/`; undefined when there is none.
   *
   * @throws Error when it cannot be read
   */
  list(path: string): Promise<readonly string[] | undefined>;
  /** @throws Error when the file cannot be read */
  read(path: string): Promise<string>;
  /** The path as a person would write it. */
  shown(path: string): string;
}

/** For a text that is in no directory. */
export const noNearbyFiles: NearbyFiles = {
  list: async () => undefined,
  read: async (path) => {
    throw new Error(`there is no file ${path}`);
  },
  shown: (path) => path,
};
