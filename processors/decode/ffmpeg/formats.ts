/**
 * The demuxers that may open a stranger's file, by ffmpeg's names. Not here, on purpose: hls, dash, concat, sdp, rtsp,
 * image2 patterns, lavfi, and everything else that opens what a file names. The list also binds demuxers that a
 * demuxer opens.
 */
export const STREAM_FORMATS = [
  'mov', 'matroska', 'avi', 'flv', 'mpegts', 'mpeg', 'mpegvideo', 'm4v', 'h264', 'hevc', 'ivf', 'obu', 'ogg', 'asf', 'mxf', 'nut', 'rm', 'dv', 'gif', 'apng',
  'mp3', 'aac', 'flac', 'wav', 'w64', 'aiff', 'au', 'caf', 'ac3', 'eac3', 'dts', 'amr', 'amrnb', 'amrwb', 'ape', 'tta', 'wv', 'mpc', 'mpc8', 'voc', 'dsf', 'tak',
] as const;

export const IMAGE_FORMATS = [
  'png_pipe', 'jpeg_pipe', 'bmp_pipe', 'tiff_pipe', 'webp_pipe', 'psd_pipe', 'dds_pipe', 'j2k_pipe', 'jpegls_pipe', 'pam_pipe', 'pbm_pipe', 'pgm_pipe', 'ppm_pipe',
  'pfm_pipe', 'pcx_pipe', 'qoi_pipe', 'sgi_pipe', 'sunrast_pipe', 'xbm_pipe', 'xpm_pipe', 'xwd_pipe', 'dpx_pipe', 'exr_pipe', 'gif_pipe', 'ico',
] as const;

/**
 * Targa has no signature, and the one demuxer for it is image2: with the codec forced and patterns off it reads this
 * file and no other.
 */
export const TARGA_INPUT = ['-f', 'image2', '-pattern_type', 'none', '-c:v', 'targa'] as const;
