#include <algorithm>
#include <cmath>
#include <numeric>
#include <random>

#include <fmt/format.h>

#include <cppworker/exception.hpp>
#include <cppworker/random.hpp>
#include <cppworker/value.hpp>

#include "base/uuid4.hpp"
#include "text/hex.hpp"

namespace cppworker {
namespace {

std::mt19937_64& engine() {
  thread_local std::mt19937_64 random = [] {
    std::random_device device;
    return std::mt19937_64((std::uint64_t{device()} << 32U) | device());
  }();
  return random;
}

/// 0 <= x < 1, like random.random().
double unit() {
  constexpr int kMantissaBits = 53;
  return std::ldexp(static_cast<double>(engine()() >> (64 - kMantissaBits)), -kMantissaBits);
}

[[noreturn]] void throw_empty() { throw IndexError("Cannot choose from an empty sequence"); }

/// The sums of the first weights, like itertools.accumulate().
std::vector<double> sums_of(const std::vector<double>& weights, std::size_t size) {
  if (weights.size() != size) {
    throw Error(
        fmt::format("choices(): there are {} weights for {} elements", weights.size(), size));
  }
  std::vector<double> sums(size);
  double sum = 0;
  for (std::size_t i = 0; i < size; ++i) {
    if (!(weights[i] >= 0) || std::isinf(weights[i])) {
      throw Error(
          fmt::format("choices(): the weight {} is not a finite number of at least 0", weights[i]));
    }
    sums[i] = sum += weights[i];
  }
  if (!(sum > 0) || std::isinf(sum)) {
    throw Error("choices(): the total of the weights must be greater than zero and finite");
  }
  return sums;
}

}  // namespace

namespace detail {

std::int64_t random_integer(std::int64_t low, std::int64_t high) {
  if (high < low) {
    throw Error(
        fmt::format("randint({}, {}): the second number is less than the first", low, high));
  }
  return std::uniform_int_distribution<std::int64_t>(low, high)(engine());
}

std::size_t random_index(std::size_t size) {
  if (size == 0) throw_empty();
  return std::uniform_int_distribution<std::size_t>(0, size - 1)(engine());
}

std::vector<std::size_t> random_indices(std::size_t size, const std::vector<double>& weights,
                                        std::size_t count) {
  std::vector<std::size_t> indices(count);
  if (weights.empty()) {
    std::generate(indices.begin(), indices.end(), [size] { return random_index(size); });
    return indices;
  }
  const std::vector<double> sums = sums_of(weights, size);
  const auto last = sums.end() - 1;  // rounding must not lead beyond it
  std::generate(indices.begin(), indices.end(), [&] {
    const auto found = std::upper_bound(sums.begin(), last, unit() * sums.back());
    return static_cast<std::size_t>(found - sums.begin());
  });
  return indices;
}

}  // namespace detail

double uniform(double a, double b) { return a + (b - a) * unit(); }

std::string choice(std::initializer_list<const char*> elements) {
  return elements.begin()[detail::random_index(elements.size())];
}

std::string random_string(std::size_t length, std::string_view alphabet) {
  std::string text(length, '\0');
  for (char& character : text) character = alphabet[detail::random_index(alphabet.size())];
  return text;
}

std::string uuid4() {
  const auto bytes = base::uuid4();
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (i == 4 || i == 6 || i == 8 || i == 10) text += '-';
    text::append_hex(text, bytes.at(i), 2);
  }
  return text;
}

}  // namespace cppworker
