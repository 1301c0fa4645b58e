# Warnings for everything that is ours, as errors for those who work on baker.
add_library(baker_warnings INTERFACE)
if(BAKER_DEVELOPER)
  target_compile_options(baker_warnings INTERFACE
    -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Wnon-virtual-dtor -Werror)
endif()

# A unity build includes each file, so that its unnamed namespace looks like that of a header.
if(CMAKE_UNITY_BUILD)
  target_compile_options(baker_warnings INTERFACE -Wno-subobject-linkage)
endif()

option(BAKER_SANITIZE "Address and undefined-behaviour sanitizers" OFF)
if(BAKER_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize-recover=all -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
