"""moto's own tests against the sandbox: what passes on plain moto passes here, but for `differences.DIFFERENCES`."""
