/** The stateful rules of admission, over small stores. */
export { AssetRegister, rememberedFault, rememberedHash } from './asset-register.ts';
export type { AssetRecord, RegisterEffect, SourceHash } from './asset-register.ts';
export { ContentRegister } from './content-register.ts';
export type { ClaimEntry, ContentEffect, ContentStores, Holder } from './content-register.ts';
export type { ContentPlan } from './content-plan.ts';
