/**
 * sharp, with only the loaders that photographs need. libvips can also open SVG, PDF and formats of other programs;
 * in a file from a stranger each is one more parser to attack, so they are off for the whole process.
 */
import sharp from 'sharp';

sharp.block({ operation: ['VipsForeignLoad'] });
sharp.unblock({ operation: ['VipsForeignLoadJpeg', 'VipsForeignLoadPng', 'VipsForeignLoadWebp', 'VipsForeignLoadNsgif', 'VipsForeignLoadTiff', 'VipsForeignLoadHeif'] });

export { sharp };
