#pragma once

#include <memory>
#include <utility>

namespace cppworker::http {

/// The shard's ownership of an engine. The engine is shut down with the shard, though sessions may
/// keep the object longer.
template <class Engine>
struct ShardEngine {
  explicit ShardEngine(std::shared_ptr<Engine> engine_) : engine(std::move(engine_)) {}
  ~ShardEngine() { engine->shut_down(); }
  ShardEngine(const ShardEngine&) = delete;
  ShardEngine& operator=(const ShardEngine&) = delete;

  const std::shared_ptr<Engine> engine;
};

/// The engine in `place`, a member of the shard; created on first use.
template <class Engine, class... Arguments>
const std::shared_ptr<Engine>& engine_in(std::shared_ptr<void>& place, Arguments&... arguments) {
  if (place == nullptr) {
    place = std::make_shared<ShardEngine<Engine>>(std::make_shared<Engine>(arguments...));
  }
  return std::static_pointer_cast<ShardEngine<Engine>>(place)->engine;
}

}  // namespace cppworker::http
