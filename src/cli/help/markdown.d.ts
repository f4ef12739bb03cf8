/** A page is imported as a file: it exports its path. */
declare module '*.md' {
  const path: string;
  export default path;
}
