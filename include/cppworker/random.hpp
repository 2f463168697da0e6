#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <iterator>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include <cppworker/detail/export.hpp>

/// Random values, like Python's module `random`. Each thread has its own generator, which the
/// system seeds: the functions need no lock and work anywhere. None of them suspends.
namespace cppworker {

namespace detail {
template <class T>
concept Number = std::integral<T> && !std::same_as<T, bool>;

/// From `low` to `high`, both included.
CPPWORKER_EXPORT std::int64_t random_integer(std::int64_t low, std::int64_t high);
/// An index below `size`. Throws IndexError if `size` is 0.
CPPWORKER_EXPORT std::size_t random_index(std::size_t size);
/// `count` indices below `size`. Empty `weights`: all indices have the same weight.
CPPWORKER_EXPORT std::vector<std::size_t> random_indices(std::size_t size,
                                                         const std::vector<double>& weights,
                                                         std::size_t count);

template <class Range>
concept HasIndices = requires(Range& range) {
  std::begin(range)[0];
  std::size(range);
};
}  // namespace detail

/// An integer N with a <= N <= b. Throws Error if b < a, so also for `randint(0, v.size() - 1)` of
/// an empty v. Numbers above the range of std::int64_t are not supported.
template <detail::Number A, detail::Number B>
[[nodiscard]] auto randint(A a, B b) {
  using Same = std::conditional_t<std::is_signed_v<A> == std::is_signed_v<B>,
                                  std::common_type_t<A, B>, std::int64_t>;
  return static_cast<Same>(
      detail::random_integer(static_cast<std::int64_t>(a), static_cast<std::int64_t>(b)));
}

/// A number from a to b, uniformly distributed: a + (b - a) * random.random().
[[nodiscard]] CPPWORKER_EXPORT double uniform(double a, double b);

/// An element of a container with indices, an array, a std::string or a Value that is a list: a
/// reference into `range`, or a copy if `range` is a temporary. Throws IndexError if it is empty.
template <detail::HasIndices Range>
[[nodiscard]] decltype(auto) choice(Range&& range) {
  const auto index = static_cast<std::ptrdiff_t>(detail::random_index(std::size(range)));
  if constexpr (std::is_lvalue_reference_v<Range>) {
    return std::begin(range)[index];
  } else {
    // Not moved: a temporary view refers to elements that stay.
    return std::remove_cvref_t<decltype(std::begin(range)[index])>(std::begin(range)[index]);
  }
}
/// One of the elements in braces: `choice({3, 5, 7})`. Literals make a std::string:
/// `"/item/" + choice({"book", "cd"})`.
template <class T>
[[nodiscard]] T choice(std::initializer_list<T> elements) {
  return elements.begin()[detail::random_index(elements.size())];
}
[[nodiscard]] CPPWORKER_EXPORT std::string choice(std::initializer_list<const char*> elements);

/// `k` elements of `range`, with replacement: `choices(pages, {5, 3, 1}, 2)`. An element with
/// weight 2 is picked twice as often as one with weight 1. Throws Error if the number of weights is
/// not that of the elements, if a weight is negative or not finite, or if all are 0. Throws
/// IndexError if the range is empty and k is not 0.
template <detail::HasIndices Range, class Weights = std::initializer_list<double>>
[[nodiscard]] auto choices(const Range& range, const Weights& weights, std::size_t k = 1) {
  std::vector<std::remove_cvref_t<decltype(std::begin(range)[0])>> picked;
  picked.reserve(k);
  for (const std::size_t index :
       detail::random_indices(std::size(range), {std::begin(weights), std::end(weights)}, k)) {
    picked.push_back(std::begin(range)[static_cast<std::ptrdiff_t>(index)]);
  }
  return picked;
}
template <class T, class Weights = std::initializer_list<double>>
[[nodiscard]] auto choices(std::initializer_list<T> elements, const Weights& weights,
                           std::size_t k = 1) {
  using Element = std::conditional_t<std::is_same_v<T, const char*>, std::string, T>;
  return choices(std::vector<Element>(elements.begin(), elements.end()), weights, k);
}

/// The ASCII letters and digits.
inline constexpr std::string_view kLettersAndDigits =
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

/// `length` characters of `alphabet`, like "".join(random.choices(alphabet, k=length)). The
/// alphabet's characters are bytes. Throws IndexError if it is empty and `length` is not 0.
[[nodiscard]] CPPWORKER_EXPORT std::string random_string(
    std::size_t length, std::string_view alphabet = kLettersAndDigits);

/// A random UUID (RFC 4122, version 4) in lower case, like str(uuid.uuid4()). Its bytes come from
/// the system, as in Python, so that no two workers make the same one. Throws std::system_error if
/// the system has no random bytes.
[[nodiscard]] CPPWORKER_EXPORT std::string uuid4();

}  // namespace cppworker
