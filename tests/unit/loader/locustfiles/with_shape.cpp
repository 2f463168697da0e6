#include <optional>

#include <cppworker/load_test_shape.hpp>
#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

class WaveUser : public cppworker::User {
 public:
  void ping() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&WaveUser::ping>()); }
};

struct Wave : cppworker::LoadTestShape {
  std::optional<Tick> tick() override { return std::nullopt; }
};

CPPWORKER_LOCUSTFILE(WaveUser)
CPPWORKER_SHAPE(Wave)
