/** The kind of token that a caller asks for; `seconds` is its lifetime. */
export type Wanted =
  | { readonly kind: 'session'; readonly note: string; readonly seconds: number | undefined }
  | { readonly kind: 'automation'; readonly note: string; readonly seconds: number }
  | {
      readonly kind: 'registration';
      readonly note: string;
      readonly seconds: number;
      readonly cluster: string;
      readonly maxHosts: number;
    };
