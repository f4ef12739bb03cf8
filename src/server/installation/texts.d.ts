/** Files of the packaging are imported as their text. */
declare module '*.sh' {
  const text: string;
  export default text;
}
declare module '*.service' {
  const text: string;
  export default text;
}
declare module '*.openrc' {
  const text: string;
  export default text;
}
declare module '*.env' {
  const text: string;
  export default text;
}
declare module '*.sysusers' {
  const text: string;
  export default text;
}
declare module '*.tmpfiles' {
  const text: string;
  export default text;
}
declare module '*.dropin' {
  const text: string;
  export default text;
}
