#include <cppworker/locustfile.hpp>
#include <cppworker/task.hpp>
#include <cppworker/user.hpp>

class EchoUser : public cppworker::User {
 public:
  void ping() {}
  static constexpr auto tasks() { return cppworker::task_list(cppworker::task<&EchoUser::ping>()); }
};

void add_listeners(cppworker::Environment& /*environment*/) {}

CPPWORKER_LOCUSTFILE(EchoUser)
CPPWORKER_INIT(add_listeners)
