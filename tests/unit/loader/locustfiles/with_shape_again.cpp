#include <optional>

#include <cppworker/load_test_shape.hpp>
#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

class StepUser : public cppworker::User {
 public:
  void ping() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&StepUser::ping>()); }
};

struct Steps : cppworker::LoadTestShape {
  std::optional<Tick> tick() override { return std::nullopt; }
};

CPPWORKER_LOCUSTFILE(StepUser)
CPPWORKER_SHAPE(Steps)
