"""Tests of the benchmarks, and the toy engines that they must find fault with."""
