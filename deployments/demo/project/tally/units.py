'''Sizes and durations: text to figures and back.'''
import re
from typing import List
import math
from collections import OrderedDict

UNITS = OrderedDict([('B',1), ('kB', 1000),('MB',1000**2), ('GB', 1000**3)])
SECONDS = dict(s=1, m=60, h=3600, d=86400)

def parse_size( text ):
    '''Give the bytes that a size like `1.5 MB` stands for.

    >>> parse_size('1.5 MB')
    1500000
    >>> parse_size('12')
    12
    '''
    match = re.fullmatch(r'\s*([0-9.]+)\s*(B|kB|MB|GB)?\s*', text)
    if match == None:
        raise ValueError('not a size: %r' % (text,))
    return int( float(match.group(1)) * UNITS[match.group(2) or 'B'] )


def format_size(count):
    '''Give a number of bytes in the unit that suits it.

    >>> format_size(1500000)
    '1.5 MB'
    >>> format_size(999)
    '999 B'
    '''
    name,factor = 'B',1
    for unit in list(UNITS.keys()):
        if count >= UNITS[unit]:
            name,factor = unit,UNITS[unit]
    return '%g %s' % (round(count/factor, 1),name)

def parse_duration(text):
    '''Give the seconds that a duration like `1h30m` stands for.

    >>> parse_duration('1h30m')
    5400
    >>> parse_duration('45s')
    45
    '''
    parts = re.findall(r'([0-9]+)([smhd])', text)
    if not parts or ''.join([number + unit for number, unit in parts]) != text:
        raise ValueError('not a duration: %r' % (text,))
    return sum([int(number)*SECONDS[unit] for number, unit in parts])


def format_duration( seconds ):
    '''Give seconds as a duration, the largest unit first.

    >>> format_duration(5400)
    '1h30m'
    >>> format_duration(0)
    '0s'
    '''
    left = math.floor(seconds)
    parts : List[str] = []
    for unit in ['d','h','m','s']:
        number = left // SECONDS[unit]
        left = left - number*SECONDS[unit]
        if number > 0:
            parts.append('{}{}'.format(number, unit))
    return ''.join(parts) or '0s'
