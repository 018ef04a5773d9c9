"""The part of Cloudinary's upload and admin APIs that its SDKs use: `/v1_1/<cloud>/…`."""
