"""The screens, each with its stylesheet beside it. None of them does input or output of its own."""
