"""SUPER-RESOLVE: noise schedule, keyed noise and samplers (paper, section 3; METHOD.md section 4).

The room knows no network: a denoiser is any function `(x, k) -> eps`. `config` is free of torch.
`forward` and `toy`, which brings two small networks of its own, are there to be watched.
"""
