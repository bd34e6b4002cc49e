"""Tests of the suite, and the toy subjects that they are run on."""
