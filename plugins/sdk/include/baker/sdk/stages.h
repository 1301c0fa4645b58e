// The base classes of stages. One object is made for one step, in a process of its own, and
// destroyed after it: members do not live from one step to the next.
#pragma once

#include <baker/sdk/context.h>
#include <baker/sdk/host.h>
#include <baker/sdk/network.h>
#include <baker/sdk/probe.h>

namespace baker {

class Stage {
 public:
  virtual ~Stage() = default;
  // For BAKER_STAGE. `context` must outlive the object.
  void bind(const Context& context) { context_ = &context; }

 protected:
  const Context& context() const { return *context_; }

 private:
  const Context* context_ = nullptr;
};

// Bakes a layer: what `run` changes in the root.
class LayerStage : public Stage {
 public:
  // Asks the outside world once; the pins go into the lock file. Called only if the descriptor has
  // a [resolve] table and the lock file has no matching pins. The same answers must give the same
  // pins in the same order.
  virtual Pins resolve(Network&, const Options&) { return {}; }
  // Brings pinned content into the download store. Called only while content of a pin without `url`
  // is missing; all of it must be there afterwards.
  virtual void fetch(Network&, const Options&, const Pins& /*pins*/) {
    throw StageError("pinned content is missing and this stage type can't fetch it");
  }
  // Changes the root. Must depend on nothing but the options, the pins, the declared inputs and the
  // root: the cache returns its layer wherever these are equal.
  virtual void run(Root& root, const Options& options) = 0;
};

// Brings a piece of the host to the described state.
class HostStage : public Stage {
 public:
  // Prepares machines (when = "run"), or changes the host at each `baker up` (when = "up"). May be
  // interrupted at any point and is then called again.
  virtual Applied apply(Host& host, const Options& options) = 0;
  // Removes what `apply` made with the same options. What is gone already is no error. baker
  // removes machines itself.
  virtual void remove(Host&, const Options& /*options*/) {}
};

// Says whether the running system does what it is for.
class ProbeStage : public Stage {
 public:
  // Returns once the system works. Throws StageError with what it saw instead once the option
  // `deadline` (seconds, from the start of the call) has passed.
  virtual Probed probe(Machines& machines, const Options& options) = 0;
  // Looks once, for `baker status` and `baker down`: waits for nothing, changes nothing. Throws
  // StageError if the system does not work.
  virtual Probed observe(Machines&, const Options& /*options*/) { return {}; }
  // Uses the system as its users do, for `baker test`, also while a machine is stopped. Throws
  // StageError if that fails.
  virtual Probed exercise(Machines&, const Options& /*options*/) { return {}; }
  // Whether the system, running or not, can go from what `before()` says to these options. Called
  // by `baker up` before anything is baked or stopped, where the options are others than at the
  // last one or a machine does not run; changes nothing.
  virtual Review review(Machines&, const Options& /*options*/) { return {}; }
  // Lets machines go that the pipeline no longer describes: `before().leaving`, some of which may
  // run. Called by `baker up --prune` once the system works, before they are stopped and removed.
  virtual Probed retire(Machines&, const Options& /*options*/) { return {}; }
  // Makes a new version permanent, for `baker up --finalize`: there is no way back afterwards.
  // Called when the system works.
  virtual Probed finalize(Machines&, const Options& /*options*/) { return {}; }

 protected:
  Before before() const { return context().before(); }
};

}  // namespace baker
