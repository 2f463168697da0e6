#include <cstdint>
#include <string>

#include <benchmark/benchmark.h>

#include <cppworker/json.hpp>

namespace cppworker {
namespace {

/// An answer of 10 KB, as of a shop's list of products.
std::string answer() {
  Value::List items;
  for (int i = 0; i < 45; ++i) {
    items.push_back(Value::Map{{"id", 1'000'000 + i},
                               {"name", "Product number " + std::to_string(i)},
                               {"price", 0.99 + i},
                               {"tags", Value::List{"red", "new"}},
                               {"inStock", i % 2 == 0},
                               {"description", "A \"fine\" thing, with\nlines and ümläuts"},
                               {"rating", nullptr},
                               {"link", "https://shop.example/items/" + std::to_string(i)}});
  }
  return to_json(Value::Map{{"items", items}});
}

void ParseJson(benchmark::State& state) {
  const std::string text = answer();
  for (auto _ : state) {
    benchmark::DoNotOptimize(parse_json(text));
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(text.size()) * state.iterations());
}
BENCHMARK(ParseJson);

void ToJson(benchmark::State& state) {
  const Value value = parse_json(answer());
  std::int64_t bytes = 0;
  for (auto _ : state) {
    bytes += static_cast<std::int64_t>(to_json(value).size());
  }
  state.SetBytesProcessed(bytes);
}
BENCHMARK(ToJson);

}  // namespace
}  // namespace cppworker
