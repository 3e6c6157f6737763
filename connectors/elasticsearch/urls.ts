/** Addresses, as they may be shown. */

export const hasPasswordInUrl = (url: string): boolean => /\/\/[^/]*@/.test(url);

/** Without anything secret, for messages. */
export const shownUrls = (urls: readonly string[]): string => urls.map((url) => new URL(url).origin).join(', ');
