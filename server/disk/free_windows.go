package disk

import "golang.org/x/sys/windows"

// free is how many bytes this program may still write where a directory lies.
func free(directory string) (uint64, error) {
	path, err := windows.UTF16PtrFromString(directory)
	if err != nil {
		return 0, err
	}
	var room uint64
	return room, windows.GetDiskFreeSpaceEx(path, &room, nil, nil)
}
