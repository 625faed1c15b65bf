"""The surface of moto that the API depends on: its calls, its objects as protocols, and its private members.

mypy does not follow moto's modules, and moto is pinned, as the API builds on its insides. Each area of the API names by
itself only the functions of moto that it replaces, and the classes, errors and helpers of moto that it imports.

- `values`: names for values of which only moto, botocore or a caller knows the type.
- `calls`: moto's response objects, one per call, and the parameters of a call.
- `ec2`, `ec2_tables` and `ec2_backend`, `elbv2`, `route53`, `iam` (with STS) and `ssm`: a service's objects.
- `registries` and `services`: the backends of all accounts and regions.
- `tables`: the methods with which moto loads its long tables.

Only `registries` and `tables` import moto when they are imported: it must be loaded by `pltui.emulator.api.loading`.
"""
