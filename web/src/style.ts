import './app/tokens.css';
import './app/shell.css';
import './chart/chart.css';
import './now/region.css';
import './overview/overview.css';
import './icon/icon.css';
import './map/map.css';
import './scene/scene.css';
