/** Why a secret could not be had, in words. */
export interface NoSecret {
  readonly reason: string;
}

/** What Custodia keeps of the hosts, by address. */
export interface Custodia {
  /** The text that the original stored, or why it cannot be had. @throws AppError `custodia_unreadable` */
  secret(address: string): Promise<string | NoSecret>;
}
