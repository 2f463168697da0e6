#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include <cppworker/argument.hpp>
#include <cppworker/detail/export.hpp>
#include <cppworker/detail/user_class.hpp>
#include <cppworker/load_test_shape.hpp>
#include <cppworker/version.hpp>

namespace cppworker {
class Environment;
}

/// The interface between a locustfile and the library: plain data, which the library checks before
/// it calls any function of the locustfile.
namespace cppworker::detail {

#if defined(__SANITIZE_ADDRESS__)
#define CPPWORKER_SANITIZER "asan"
#elif defined(__SANITIZE_THREAD__)
#define CPPWORKER_SANITIZER "tsan"
#else
#define CPPWORKER_SANITIZER ""
#endif

#if defined(__clang__)
#define CPPWORKER_COMPILER "clang " __clang_version__
#else
#define CPPWORKER_COMPILER "gcc " __VERSION__
#endif

/// The build environment of a locustfile. The layout of these fields never changes; `size` grows if
/// fields are added at the end.
struct AbiRecord {
  char magic[16];  // NOLINT(modernize-avoid-c-arrays): "cppworker-abi"; a layout, not a container
  std::uint32_t size;     ///< sizeof(AbiRecord)
  const char* version;    ///< CPPWORKER_VERSION of the headers
  const char* compiler;   ///< CPPWORKER_COMPILER
  const char* sanitizer;  ///< "", "asan" or "tsan"
};

/// The user classes of a locustfile. Read only after the AbiRecord has been accepted.
struct LocustfileRecord {
  std::span<const UserClass* const> user_classes;
};

/// The arguments that a locustfile declares.
struct ArgumentsRecord {
  Arguments arguments;
};

/// The load shape that a locustfile names.
struct ShapeRecord {
  std::string_view name;
  LoadTestShape* (*create)();  ///< the caller owns the result
  bool use_common_options;
};

/// The thresholds that a locustfile declares.
struct FailIfRecord {
  std::span<const std::string_view> conditions;
};

template <class... S>
inline constexpr bool kIsOneShape = false;
template <class S>
inline constexpr bool kIsOneShape<S> = std::is_base_of_v<LoadTestShape, S>;

template <class S>
inline constexpr ShapeRecord kShapeRecord = {
    class_name<S>(), []() -> LoadTestShape* { return std::make_unique<S>().release(); },
    S::use_common_options};

template <class... U>
inline constexpr std::array<const UserClass*, sizeof...(U)> kUserClasses = {&kUserClass<U>...};

/// The symbol names, for `dlsym`, of the AbiRecord, the LocustfileRecord, and the optional init
/// function, ArgumentsRecord, ShapeRecord and FailIfRecord.
inline constexpr const char* kAbiSymbol = "cppworker_locustfile_abi";
inline constexpr const char* kRecordSymbol = "cppworker_locustfile_record";
inline constexpr const char* kInitSymbol = "cppworker_locustfile_init";
inline constexpr const char* kArgumentsSymbol = "cppworker_locustfile_arguments";
inline constexpr const char* kShapeSymbol = "cppworker_locustfile_shape";
inline constexpr const char* kFailIfSymbol = "cppworker_locustfile_fail_if";

using InitFunction = void (*)(Environment&);

}  // namespace cppworker::detail

extern "C" {
/// CPPWORKER_LOCUSTFILE, CPPWORKER_ARGUMENTS, CPPWORKER_SHAPE, CPPWORKER_FAIL_IF and CPPWORKER_INIT
/// in the author's file define these.
extern CPPWORKER_EXPORT const cppworker::detail::AbiRecord cppworker_locustfile_abi;
extern CPPWORKER_EXPORT const cppworker::detail::LocustfileRecord cppworker_locustfile_record;
extern CPPWORKER_EXPORT const cppworker::detail::ArgumentsRecord cppworker_locustfile_arguments;
extern CPPWORKER_EXPORT const cppworker::detail::ShapeRecord cppworker_locustfile_shape;
extern CPPWORKER_EXPORT const cppworker::detail::FailIfRecord cppworker_locustfile_fail_if;
CPPWORKER_EXPORT void cppworker_locustfile_init(cppworker::Environment& environment);
}
