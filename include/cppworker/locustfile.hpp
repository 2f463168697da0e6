#pragma once

#include <array>
#include <string_view>
#include <type_traits>

#include <cppworker/argument.hpp>
#include <cppworker/detail/locustfile_record.hpp>

/// The last line of a locustfile. It exports the user classes to `cpp-worker -f` or, in an
/// executable that is linked with cppworker::main, to its main function.
#define CPPWORKER_LOCUSTFILE(...)                                               \
  const cppworker::detail::AbiRecord cppworker_locustfile_abi{                  \
      "cppworker-abi", sizeof(cppworker::detail::AbiRecord), CPPWORKER_VERSION, \
      CPPWORKER_COMPILER, CPPWORKER_SANITIZER};                                 \
  const cppworker::detail::LocustfileRecord cppworker_locustfile_record{        \
      cppworker::detail::kUserClasses<__VA_ARGS__>};

/// Names a function `void f(Environment&)` that runs once per shard, before any user, with the
/// shard's own Environment. Add listeners and register messages in it (Python's `init`).
#define CPPWORKER_INIT(function) \
  void cppworker_locustfile_init(cppworker::Environment& environment) { function(environment); }

/// Declares the locustfile's own arguments. Write each Argument in braces, separated by commas:
/// `CPPWORKER_ARGUMENTS({.name = "--category", .default_value = "books", .help = "What to buy"})`.
#define CPPWORKER_ARGUMENTS(...)                                                               \
  static constexpr auto cppworker_arguments_table =                                            \
      cppworker::detail::checked_arguments(std::to_array<cppworker::Argument>({__VA_ARGS__})); \
  const cppworker::detail::ArgumentsRecord cppworker_locustfile_arguments{                     \
      cppworker_arguments_table};

/// Names a class that derives from LoadTestShape. It decides the number of users of a run without a
/// master (--headless). With a master, its own load shape does.
#define CPPWORKER_SHAPE(...)                                                          \
  static_assert(cppworker::detail::kIsOneShape<__VA_ARGS__>,                          \
                "CPPWORKER_SHAPE: name one class, which derives from LoadTestShape"); \
  const cppworker::detail::ShapeRecord cppworker_locustfile_shape{                    \
      cppworker::detail::kShapeRecord<__VA_ARGS__>};

/// Declares conditions under which a run counts as failed, with exit code 3, as --fail-if does:
/// `CPPWORKER_FAIL_IF("p95 > 200ms", "fail% of \"POST /*\" > 1 for 10s, stop")`. With a master, the
/// locustfile that --print-locustfile writes checks them.
#define CPPWORKER_FAIL_IF(...)                                                                    \
  static constexpr auto cppworker_fail_if_table = std::to_array<std::string_view>({__VA_ARGS__}); \
  const cppworker::detail::FailIfRecord cppworker_locustfile_fail_if{cppworker_fail_if_table};
