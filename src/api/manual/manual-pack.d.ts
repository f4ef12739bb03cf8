/** A pack is imported as a file: it exports its path. */
declare module '*.pack' {
  const path: string;
  export default path;
}
