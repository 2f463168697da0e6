#include "app/python_thresholds.hpp"

#include <array>

#include <gmock/gmock.h>

namespace cppworker::app {
namespace {

using runner::parse_threshold;
using testing::EndsWith;
using testing::HasSubstr;

TEST(PythonThresholds, HasTheConditionsAsData) {
  const std::array thresholds{
      parse_threshold("p99.9 of \"GET /\\item\" >= 1.5s for 2m, stop"),
      parse_threshold("fail% of \"POST /*\" > 1 within 10s"),
      parse_threshold("med < 0.35ms"),
      parse_threshold("rps <= 500"),
  };
  const std::string text = python_thresholds(thresholds, std::chrono::seconds{30});
  EXPECT_THAT(text, HasSubstr("\n\n\nclass _Thresholds:\n"));
  EXPECT_THAT(text, EndsWith(
                        R"(
_Thresholds(
    warm_up=30,  # seconds
    thresholds=[
        _Threshold("p99.9 of \"GET /\\item\" >= 1.5s for 2m, stop", "percentile", operator.ge, 1500, part=99.9 / 100, scope="GET /\\item", each=120, stop=True),
        _Threshold("fail% of \"POST /*\" > 1 within 10s", "fail%", operator.gt, 1, scope="POST /*", within=10),
        _Threshold("med < 0.35ms", "percentile", operator.lt, 0.35, part=50 / 100),
        _Threshold("rps <= 500", "rps", operator.le, 500),
    ],
)
)"));
}

}  // namespace
}  // namespace cppworker::app
