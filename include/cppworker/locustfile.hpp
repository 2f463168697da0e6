#pragma once

#include <array>

#include <cppworker/argument.hpp>
#include <cppworker/detail/locustfile_record.hpp>

/// The last line of a locustfile: exports its user classes to `cpp-worker -f` and, linked with
/// cppworker::main, to the executable's main.
#define CPPWORKER_LOCUSTFILE(...)                                               \
  const cppworker::detail::AbiRecord cppworker_locustfile_abi{                  \
      "cppworker-abi", sizeof(cppworker::detail::AbiRecord), CPPWORKER_VERSION, \
      CPPWORKER_COMPILER, CPPWORKER_SANITIZER};                                 \
  const cppworker::detail::LocustfileRecord cppworker_locustfile_record{        \
      cppworker::detail::kUserClasses<__VA_ARGS__>};

/// Names a function `void f(Environment&)` that runs once per shard, before any user, with that
/// shard's own Environment: the place to add listeners and register messages (Python's `init`).
#define CPPWORKER_INIT(function) \
  void cppworker_locustfile_init(cppworker::Environment& environment) { function(environment); }

/// Declares the locustfile's own arguments, one Argument in braces after the other:
/// `CPPWORKER_ARGUMENTS({.name = "--category", .default_value = "books", .help = "What to buy"})`.
#define CPPWORKER_ARGUMENTS(...)                                                               \
  static constexpr auto cppworker_arguments_table =                                            \
      cppworker::detail::checked_arguments(std::to_array<cppworker::Argument>({__VA_ARGS__})); \
  const cppworker::detail::ArgumentsRecord cppworker_locustfile_arguments{                     \
      cppworker_arguments_table};
