#include <cppworker/locust.hpp>

using namespace cppworker;

/// Asks as fast as it gets answers.
class BusyUser : public HttpUser {
 public:
  void get() { client().get("/fixed"); }
  static constexpr auto tasks() { return task_list(task<&BusyUser::get>()); }
};

CPPWORKER_LOCUSTFILE(BusyUser)
